"""Requests that schemathesis makes from the OpenAPI document, sent to a system of its own."""
