--- Cursors: each names one media item of one account, not a page.
-- Form as recorded: "Facebook base64" of `AQHR` and 86 characters of base64url. Behind
-- that, invented: 16 bytes of authentication and 48 of hidden text `user:sort`.

local cursor = {}

local function keystream(ids, tag)
  return ids:digest("stream1/" .. tag) .. ids:digest("stream2/" .. tag)
end

-- Adds (or takes away) the stream byte by byte: Lua 5.1 has no bit operations.
local function veil(text, stream, sign)
  local out = {}
  for i = 1, #text do
    out[i] = string.char((text:byte(i) + sign * stream:byte(i)) % 256)
  end
  return table.concat(out)
end

--- The cursor of the item with this sort key.
function cursor.write(ids, user_id, sort)
  local plain = string.format("%s:%.0f", user_id, sort)
  plain = plain .. string.rep(" ", 48 - #plain)
  local tag = ids:digest("cursor/" .. plain):sub(1, 16)
  local sealed = tag .. veil(plain, keystream(ids, tag), 1)
  return ids:facebook64("AQHR" .. ids.native.base64url(sealed))
end

--- The sort key a cursor names, or nil when it is not a cursor of this account.
function cursor.read(ids, user_id, text)
  local inner = ids:unfacebook64(text)
  local sealed = inner and #inner == 90 and inner:sub(1, 4) == "AQHR"
    and ids.native.unbase64url(inner:sub(5))
  if not sealed or #sealed ~= 64 then return nil end
  local tag = sealed:sub(1, 16)
  local plain = veil(sealed:sub(17), keystream(ids, tag), -1)
  if ids:digest("cursor/" .. plain):sub(1, 16) ~= tag then return nil end
  local owner, sort = plain:match("^(%d+):(%d+) *$")
  return owner == user_id and tonumber(sort) or nil
end

return cursor
