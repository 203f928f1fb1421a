"""The ASGI application: endpoint, request, response, CORS, body limit, cookies, health checks and console page."""
