"""An address that speaks OpenAI's chat completions in, the words of a model there out."""
