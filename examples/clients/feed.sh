#!/bin/sh
# With curl: a code for a long-lived token, then the profile, two pages of media and a
# picture. Takes JSON apart with sed, which will do for this JSON.
set -eu

graph=https://graph.instagram.com
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | sed 's|\\/|/|g; s|\\u0025|%|g'; }
count() { grep -o '"timestamp"' | wc -l; }

short=$(curl -sS https://api.instagram.com/oauth/access_token \
  -F client_id="$CLIENT_ID" -F client_secret="$CLIENT_SECRET" \
  -F grant_type=authorization_code -F redirect_uri="$REDIRECT_URI" -F code="$1" |
  member access_token)
token=$(curl -sS "$graph/access_token?grant_type=ig_exchange_token&client_secret=$CLIENT_SECRET&access_token=$short" |
  member access_token)

echo "user $(curl -sS "$graph/me?fields=id,username&access_token=$token" | member username)"
page=$(curl -sS "$graph/me/media?fields=media_type,media_url,timestamp&limit=10&access_token=$token")
echo "page 1: $(echo "$page" | count) posts"
echo "page 2: $(curl -sS "$(echo "$page" | member next)" | count) posts"
picture=$(echo "$page" | grep -o '"media_type":"IMAGE","media_url":"[^"]*"' | head -n 1)
curl -sS -o picture.jpg "$(echo "$picture" | member media_url)"
echo "picture $(wc -c <picture.jpg) bytes"
