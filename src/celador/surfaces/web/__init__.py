"""The control room: pages, live values, access and the REST API in one web application."""
