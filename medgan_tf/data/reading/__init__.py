"""Reading files of others in processes of their own, with a limit on memory and on the time of a file."""
