"""With Python's requests: a code for a long-lived token, then the profile, two pages of
media and a picture."""

import os
import sys

import requests

GRAPH = "https://graph.instagram.com"
session = requests.Session()


def get(address, **params):
    answer = session.get(address, params=params)
    answer.raise_for_status()
    return answer.json()


def log_in(code):
    answer = session.post("https://api.instagram.com/oauth/access_token", data={
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "redirect_uri": os.environ["REDIRECT_URI"],
        "grant_type": "authorization_code", "code": code})
    answer.raise_for_status()
    return get(GRAPH + "/access_token", grant_type="ig_exchange_token",
               client_secret=os.environ["CLIENT_SECRET"],
               access_token=answer.json()["access_token"])["access_token"]


token = log_in(sys.argv[1])
print("user", get(GRAPH + "/me", fields="id,username", access_token=token)["username"])

first = get(GRAPH + "/me/media", fields="media_type,media_url,timestamp", limit=10,
            access_token=token)
second = get(first["paging"]["next"])
print("page 1:", len(first["data"]), "posts")
print("page 2:", len(second["data"]), "posts")

picture = next(post for post in first["data"] if post["media_type"] == "IMAGE")
with open("picture.jpg", "wb") as file:
    print("picture", file.write(session.get(picture["media_url"]).content), "bytes")
