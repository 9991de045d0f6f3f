"""Many calls one after the other, in any order, each beside a model of what all before it have done."""
