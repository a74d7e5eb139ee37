"""Personal data: find it, and mask it by edits that keep the normalized text as it is."""
