"""With Python's own library: a code for a long-lived token, then the profile, two pages
of media and a picture."""

import json
import os
import sys
from urllib.parse import urlencode
from urllib.request import urlopen

GRAPH = "https://graph.instagram.com"


def get(address, **params):
    with urlopen(address + ("?" + urlencode(params) if params else "")) as answer:
        return json.load(answer)


def log_in(code):
    app = {"client_id": os.environ["CLIENT_ID"],
           "client_secret": os.environ["CLIENT_SECRET"],
           "redirect_uri": os.environ["REDIRECT_URI"],
           "grant_type": "authorization_code", "code": code}
    with urlopen("https://api.instagram.com/oauth/access_token",
                 urlencode(app).encode()) as answer:
        short = json.load(answer)
    return get(GRAPH + "/access_token", grant_type="ig_exchange_token",
               client_secret=os.environ["CLIENT_SECRET"],
               access_token=short["access_token"])["access_token"]


token = log_in(sys.argv[1])
me = get(GRAPH + "/me", fields="id,username", access_token=token)
print("user", me["username"])

first = get(GRAPH + "/me/media", fields="media_type,media_url,timestamp", limit=10,
            access_token=token)
second = get(first["paging"]["next"])
print("page 1:", len(first["data"]), "posts")
print("page 2:", len(second["data"]), "posts")

picture = next(post for post in first["data"] if post["media_type"] == "IMAGE")
with urlopen(picture["media_url"]) as answer, open("picture.jpg", "wb") as file:
    print("picture", file.write(answer.read()), "bytes")
