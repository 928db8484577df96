"""What a scheduled run came to in; messages to the people who asked for them out."""
