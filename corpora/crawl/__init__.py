"""A spider's TOML file in, the pages of a web site as `Document`s out: crawled with Scrapy, politely and resumably."""
