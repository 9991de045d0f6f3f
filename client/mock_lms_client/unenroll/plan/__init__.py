"""Makes a plan: reads what is the case, decides what becomes of each pair, and writes it to a file."""
