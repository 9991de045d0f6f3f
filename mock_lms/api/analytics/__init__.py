"""Service *analytics*: reports and their exports."""

from mock_lms.api.analytics.views import bp as bp
