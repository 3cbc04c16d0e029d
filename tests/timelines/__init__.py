"""Whether a client who has answered is ever reminded: drawn timelines of asking, answering and reading late."""
