"""What is this paper? Text, words and codes in; a verdict with reasons out."""
