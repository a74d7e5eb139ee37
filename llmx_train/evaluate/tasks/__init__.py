"""One file per evaluation set; the file's name is the task's."""
