"""Tokens, and the page on which a person logs in for one."""

from mock_lms.api.oauth2.views import bp as bp
