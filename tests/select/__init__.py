"""Select as a whole: recipes in, drop rows out; and the choice itself on small tables."""
