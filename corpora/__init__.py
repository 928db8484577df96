"""Files and URLs in, `Document` out: decoded text and where it came from."""
