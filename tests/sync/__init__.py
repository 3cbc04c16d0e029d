"""Random sequences of what people do in Planfix and Trello while their facts are kept in step."""
