"""Does what a plan says: compares, makes a backup, and makes the calls, each noted in a journal before and after."""
