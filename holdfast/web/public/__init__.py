"""Pages open to everyone: the front door, the numbers, what an installed page keeps."""
