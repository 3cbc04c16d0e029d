"""The bridge: one record of every client over Trello, Planfix, Google Forms and Telegram, and what follows from it."""
