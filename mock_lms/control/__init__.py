"""What only a mock has: everything under /_mock, with a contract of its own (`openapi.yaml` beside this file)."""
