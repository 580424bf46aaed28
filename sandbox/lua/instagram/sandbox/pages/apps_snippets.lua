--- Copy-and-paste code that reads somebody's media; where the token belongs there is a
--- placeholder, which its owner replaces.

local h = require "instagram.sandbox.pages.html"

local PLACEHOLDER = "YOUR_ACCESS_TOKEN"

local curl = [[
curl "%s/me/media?fields=id,caption,media_type,permalink&access_token=%s"]]

local lua = [[
local instagram = require "%s"
local me = instagram.open("%s", {
  flavour = "%s", base_url = "%s" })
for media in me:media { max = 12 } do
  print(media.time, media.permalink)
end]]

local html = [[
<form action="%s/me/media">
  <input type="hidden" name="fields" value="id,caption,media_url">
  <label>Token <input name="access_token" value="%s"></label>
  <button>Show my media</button>
</form>]]

local function snippet(title, text)
  return h.details { h.summary { title }, h.pre { tabindex = "0", role = "region",
    ["aria-label"] = title, h.code { text } } }
end

--- Code for the API at `origin`.
return function(origin, app)
  return { h.h2 { "Code to copy and paste" },
    h.p { "Put your token in place of ", h.code { PLACEHOLDER }, "." },
    snippet("curl", curl:format(origin, PLACEHOLDER)),
    snippet("Lua", lua:format("instagram", PLACEHOLDER, app.flavour, origin)),
    snippet("HTML, for a page that only you see", html:format(origin, PLACEHOLDER)),
  }
end
