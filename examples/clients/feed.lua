-- With this project's library: a code for a long-lived token, then the profile, two
-- pages of media and a picture. `cainfo` is what any client of libcurl needs for a
-- certificate that the system does not know; nil, as it is outside of the sandbox, is
-- the system's.
local instagram = require "instagram"

local app = instagram.app {
  flavour = "basic_display",
  client_id = os.getenv "CLIENT_ID", client_secret = os.getenv "CLIENT_SECRET",
  redirect_uri = os.getenv "REDIRECT_URI", cainfo = os.getenv "INSTAGRAM_SANDBOX_CA",
}
local token = assert(app:exchange_token(assert(app:exchange_code(arg[1]))))
local client = app:client(token)
print("user " .. assert(client:me()).username)

local picture, number = nil, 0
for page in client:media({ page_size = 10, max = 20 }):pages() do
  number = number + 1
  print(("page %d: %d posts"):format(number, #page))
  for _, post in ipairs(page) do
    picture = picture or post.media_type == "IMAGE" and post or nil
  end
end
local file = assert(client:download(picture, "picture.jpg"))
print(("picture %d bytes"):format(file.bytes))
