--- Files of media: the address of one, and a fresh one when it has expired. Knows:
--- calls.
local call = require "instagram.call"
local check = require "instagram.check"
local errors = require "instagram.errors"

local download = {}

local file_options = check.options { on_progress = "function" }

-- Addresses carry their end as `oe`, hexadecimal epoch seconds (inferred).
local function has_expired(client, url)
  local digits = url:match("[?&]oe=(%x+)")
  local at = digits and tonumber(digits, 16)
  return at ~= nil and at <= client.app:now()
end

-- What the media hosts answer to an old address.
local function is_gone(err)
  return err.status == 403 or err.status == 410
end

local function check_media(media, where)
  if type(media) ~= "string" and type(media) ~= "table" then
    check.fail(("bad argument 'media' to %s (media or address expected, got %s)")
      :format(where, type(media)))
  end
  if type(media) == "string" then return end
  local kind = type(media.media_url)
  if kind ~= "string" and kind ~= "nil" then
    check.fail(("bad argument 'media' to %s (its media_url must be a string, got %s)")
      :format(where, kind))
  end
end

-- The file's address as it is known, and whether a fresh one can be asked for.
local function address_of(media)
  if type(media) == "string" then return media, false end
  return media.media_url, type(media.id) == "string"
end

local function without_address(media)
  return errors.failure("not_found",
    ("the media %s has no media_url"):format(tostring(media.id or "without id")), {
      advice = "Instagram leaves it out for copyrighted or flagged media, and when the "
        .. "fields asked for do not name it.",
    })
end

local function renew(client, media, options)
  local given = check.call_options(options)
  given.fields = { "id", "media_url" }
  local fresh, message, err = client:item(media.id, given)
  if not fresh then return nil, message, err end
  if not fresh.media_url then return without_address(fresh) end
  return fresh.media_url
end

-- Whoever gives an address alone is on their own when it is over.
local function advise(client, url, first, second, err)
  if first == nil and (is_gone(err) or has_expired(client, url)) then
    err.advice = "Addresses of files expire: ask client:item(id) anew. Given the media "
      .. "(with its id) instead of the address, this does so by itself."
  end
  return first, second, err
end

local function path_of(url)
  return url:match("^[^?#]*")
end

-- Runs a call for the address; an expired one is renewed, once: before the call when it
-- says so itself, after it when the host does.
local function get(client, media, options, run)
  local url, renewable = address_of(media)
  if not url then return without_address(media) end
  local message, err
  if not renewable then return advise(client, url, run(url)) end
  if has_expired(client, url) then
    url, message, err = renew(client, media, options)
    if not url then return nil, message, err end
    renewable = false
  end
  local first, second, third = run(url)
  if first ~= nil or not renewable or not is_gone(third) then
    return first, second, third
  end
  local fresh
  fresh, message, err = renew(client, media, options)
  if not fresh then return nil, message, err end
  if fresh == url then return first, second, third end
  return run(fresh)
end

-- Waits for a call that brings a file. Nobody may have seen the last bytes on their
-- way: the last word of on_progress is always how many there are.
local function finish(started, options, count)
  local told
  local on_progress = options.on_progress and function(received, total)
    told = received
    options.on_progress(received, total)
  end
  local first, second, third = started:finish(on_progress)
  if first ~= nil and on_progress and told ~= count(first) then
    on_progress(count(first), count(first))
  end
  return first, second, third
end

local function length(bytes) return #bytes end
local function size(file) return file.bytes end

--- See instagram.Client:fetch.
function download.fetch(client, media, options)
  check_media(media, "fetch")
  options = check.given(options, file_options, "fetch")
  return get(client, media, options, function(url)
    local started = call.start(client.app, "GET", path_of(url), "fetch", url,
      check.call_options(options))
    return finish(started, options, length)
  end)
end

--- See instagram.Client:download.
function download.save(client, media, path, options)
  check_media(media, "download")
  check.argument(path, "path", "download", "text")
  options = check.given(options, file_options, "download")
  return get(client, media, options, function(url)
    local started = call.start(client.app, "GET", path_of(url), "download", url, path,
      check.call_options(options))
    return finish(started, options, size)
  end)
end

return download
