"""The portal's pages: templates, wording and the error page, hung on the application."""

from web.portal.page import setup

__all__ = ["setup"]
