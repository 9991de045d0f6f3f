"""The keys of clients that sign what they are."""
