"""Looking at what the vendor's API does not show."""
