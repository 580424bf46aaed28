--- Ids, tokens and codes in the forms seen on the wire.
-- Each is a keyed hash of what it names, so ids stay the same between runs and do not
-- depend on the order of calls. 17-digit ids are strings: they do not fit a double.

local ids = {}

local methods = {}
local mt = { __index = methods }

--- `seed` is any text; two sandboxes with one seed hand out the same ids.
function ids.new(native, seed)
  return setmetatable({ native = native, key = "sandbox/" .. tostring(seed) }, mt)
end

--- 32 keyed bytes for a name.
function methods:digest(name)
  return self.native.hmac_sha256(self.key, name)
end

-- `count` bytes for a name.
local function bytes(self, name, count)
  local out = {}
  for i = 1, math.ceil(count / 32) do out[i] = self:digest(name .. "#" .. i) end
  return table.concat(out):sub(1, count)
end

--- `count` (at most 32) decimal digits for a name.
function methods:digits(name, count)
  local digest, out = self:digest(name), {}
  for i = 1, math.ceil(count / 2) do
    local high, low = digest:byte(2 * i - 1, 2 * i)
    out[i] = string.format("%02d", (high * 256 + low) % 100)
  end
  return table.concat(out):sub(1, count)
end

--- `length` characters of base64url for a name.
function methods:url_text(name, length)
  local count = math.ceil(length * 3 / 4)
  return self.native.base64url(bytes(self, name, count)):sub(1, length)
end

--- The raw account id: 17841 and twelve digits.
function methods:account(username)
  return "17841" .. self:digits("account/" .. username, 12)
end

-- Beginnings of stored media ids. 17841 is left to accounts, 1799 to bulk.lua.
local media_heads = { "1785", "1786", "1787", "1788", "1789", "1790", "1791", "1795",
  "1800", "1803", "1805", "1810" }

--- Id of the nth media an account ever had; children count as media.
function methods:media(username, ordinal)
  local name = "media/" .. username .. "/" .. ordinal
  local head = media_heads[self:digest(name):byte(1) % #media_heads + 1]
  return head .. self:digits(name, 13)
end

--- The 11 characters of a permalink.
function methods:shortcode(media_id)
  return "C" .. self:url_text("shortcode/" .. media_id, 10)
end

--- The id an app knows a person by: 16 digits in Basic Display, 17 in the successor.
function methods:scoped(client_id, user_id, length)
  local name = "scoped/" .. client_id .. "/" .. user_id
  local first = self:digest(name):byte(2)
  if length == 16 then return 3 + first % 6 .. self:digits(name, 15) end
  return "2" .. 5 + first % 4 .. self:digits(name, 15)
end

--- A name on the media host: three numbers and `_n`, as recorded.
function methods:file_name(key, suffix)
  local name = "file/" .. key
  return self:digits(name .. "/1", 9) .. "_" .. self:digits(name .. "/2", 15) .. "_"
    .. self:digits(name .. "/3", 19) .. "_n" .. suffix
end

local to_facebook = { Z = "ZA", ["+"] = "ZB", ["/"] = "ZC", ["="] = "ZD" }
local from_facebook = { ZA = "Z", ZB = "-", ZC = "_", ZD = "" }

--- "Facebook base64": base64 in which Z + / = are written ZA ZB ZC ZD.
function methods:facebook64(text)
  return (self.native.base64(text):gsub("[Z+/=]", to_facebook))
end

--- The bytes behind "Facebook base64", or nil.
function methods:unfacebook64(text)
  if text:find("[^%w]") then return nil end
  return self.native.unbase64url((text:gsub("Z[ABCD]", from_facebook)))
end

-- Characters inside a token before the outer base64, and the lengths that were
-- recorded (168 to 173, 141 to 144, successor 181). Invented: the successor's short
-- one.
local forms = {
  basic_display = { short = { 122, 168, 173 }, long = { 101, 141, 144 } },
  instagram_login = { short = { 133, 200, 206 }, long = { 115, 179, 183 } },
}

-- `V` and `W` of IGQV, IGQW: the second character inside is one of these.
local seconds = "PQRSTUVWXYabcdefghijklmno"

local function token_text(self, flavour, name, length)
  local pick = self:digest(name):byte(3) % #seconds + 1
  local text = self:facebook64("A" .. seconds:sub(pick, pick)
    .. self:url_text(name, length - 2))
  if flavour == "basic_display" then return "IG" .. text end
  local app = self:url_text("app/" .. flavour, 11):gsub("[-_Z]", "x")
  return "IGAA" .. app .. "BZA" .. text
end

--- Text of the `serial`th token, of a length as recorded.
---@param kind "short"|"long"
function methods:token(flavour, kind, serial)
  local form, try, text = forms[flavour][kind], 0
  repeat
    try = try + 1
    text = token_text(self, flavour, kind .. "/" .. serial .. "/" .. try, form[1])
  until #text >= form[2] and #text <= form[3]
  return text
end

--- Text of the `serial`th Authorization Code.
function methods:code(serial)
  local name = "code/" .. serial
  return "AQ" .. string.char(65 + self:digest(name):byte(4) % 4)
    .. self:url_text(name, 200)
end

return ids
