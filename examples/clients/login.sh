#!/bin/sh
# Logs a person in at the sandbox and runs a client with the code that comes back, as its
# last argument. A real app sends the person's browser to this address and gets the code
# at its redirect address; here the header names who is sitting in front of the browser.
#
#     instagram-sandbox exec -- ./login.sh python3 feed_urllib.py
#
# FLAVOUR=INSTAGRAM_LOGIN ./login.sh ... does it with the other API.
set -eu

flavour=${FLAVOUR:-BASIC_DISPLAY}
case $flavour in
BASIC_DISPLAY) scope=user_profile,user_media ;;
INSTAGRAM_LOGIN) scope=instagram_business_basic ;;
esac
eval "export CLIENT_ID=\$INSTAGRAM_SANDBOX_${flavour}_CLIENT_ID"
eval "export CLIENT_SECRET=\$INSTAGRAM_SANDBOX_${flavour}_CLIENT_SECRET"
export REDIRECT_URI="$INSTAGRAM_SANDBOX_REDIRECT_URI"

code=$(curl -sSi -H "X-Sandbox-User: $INSTAGRAM_SANDBOX_USERNAME" \
  "https://api.instagram.com/oauth/authorize?client_id=$CLIENT_ID&redirect_uri=$REDIRECT_URI&response_type=code&scope=$scope" |
  sed -n 's/^Location: .*code=\([^#]*\)#_.*/\1/p')
[ "$code" ] || { echo "nobody was logged in" >&2; exit 1; }
exec "$@" "$code"
