"""Bases and adapters in, an endpoint out that whatever speaks to OpenAI's chat completions can speak to."""
