"""Logs in with python3-social-auth-core's Instagram backend as Debian has it, without
the web framework around it."""

import os
import sys

from social_core.backends.instagram import InstagramOAuth2
from social_core.strategy import BaseStrategy


class Strategy(BaseStrategy):
    """What a web framework would bring: settings, a session, and what to do with who
    logged in."""

    session = {"instagram_state": "s"}
    settings = {"SOCIAL_AUTH_INSTAGRAM_KEY": os.environ["CLIENT_ID"],
                "SOCIAL_AUTH_INSTAGRAM_SECRET": os.environ["CLIENT_SECRET"]}

    def get_setting(self, name):
        return self.settings[name]

    def session_get(self, name, default=None):
        return self.session.get(name, default)

    def build_absolute_uri(self, path=None):
        return path

    def request_data(self, merge=True):
        return {"code": sys.argv[1], "state": "s"}

    def authenticate(self, backend, *args, **kwargs):
        return backend.get_user_details(kwargs["response"])


backend = InstagramOAuth2(Strategy(), redirect_uri=os.environ["REDIRECT_URI"])
backend.REDIRECT_STATE = False
print("user", backend.complete()["username"])
