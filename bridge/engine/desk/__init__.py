"""The desk: what staff ask and tell the bridge in Telegram, by command and by button."""
