"""Makes many calls in any order, and compares each with a model of what all calls before it did."""
