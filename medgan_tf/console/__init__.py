"""The command line: the group of commands, common options and progress on a terminal."""
