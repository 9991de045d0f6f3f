"""What people write, as ids: reports, lists, names."""
