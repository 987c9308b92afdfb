"""What many tests share: a database, a broker and tools, each started at most once a session."""
