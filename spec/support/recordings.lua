--- What the real hosts answered (spec/recorded), and how the sandbox's answers are held
--- against it.
local assert = require "luassert"
local cjson = require "cjson"
local shape = require "spec.support.json_shape"

local recordings = {}

local DAY = 86400

local function file_text(name)
  local file = assert(io.open("spec/recorded/" .. name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- A recording: { data = decoded, node = with order and digits }.
function recordings.read(name)
  local text = file_text(name .. ".json")
  return { data = cjson.new().decode(text), node = shape.read(text) }
end

local months = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8,
  Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

--- Epoch of "Fri, 24 Jan 2020 08:40:34 GMT".
function recordings.epoch_of(date)
  local day, month, year, hour, min, sec =
    date:match("(%d+) (%a+) (%d+) (%d+):(%d+):(%d+)")
  local y, m = tonumber(year), months[month]
  if m <= 2 then y, m = y - 1, m + 12 end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((153 * (m - 3) + 2) / 5) + tonumber(day) - 1 - 719468
  return days * DAY + tonumber(hour) * 3600 + tonumber(min) * 60 + tonumber(sec)
end

local function one(value) return type(value) == "table" and value[1] or value end

-- Names of the recording's headers in their order. The recording tool wrote them with
-- its own capitals; Connection and Content-Length are the HTTP library's to place.
local left_out = { connection = true, ["content-length"] = true }

local function lower_names(names)
  local out = {}
  for _, name in ipairs(names) do
    if not left_out[name:lower()] then out[#out + 1] = name:lower() end
  end
  return out
end

-- What differs from answer to answer: its form, and its length where that is fixed.
local forms = {
  etag = { '^"%x+"$', 42 }, ["x-fb-trace-id"] = { "^[%w+/]+$", 11 },
  ["x-fb-request-id"] = { "^A[%w_-]+$", 23 }, ["x-fb-debug"] = { "^[%w+/]+==$", 88 },
  ["x-fb-rev"] = { "^%d+$" }, ["x-fb-trip-id"] = { "^%d+$" },
  ["ig-set-password-encryption-web-key-id"] = { "^%w+$" },
  ["ig-set-password-encryption-web-pub-key"] = { "^%w+$" },
}

local function check_form(name, form, values)
  for _, value in ipairs(values) do
    if value ~= "mock_data" then
      assert.matches(form[1], value)
      assert.equal(form[2] or #value, #value, name)
    end
  end
end

--- Holds an answer's headers against a recording's.
function recordings.check_headers(recording, answer)
  local wanted = recording.data.response.headers
  local names = recording.node.members.response.members.headers.names
  assert.same(lower_names(names), lower_names(answer:names()))
  for name, value in pairs(wanted) do
    local form, got = forms[name:lower()], answer:header(name)
    value = one(value)
    if form then
      check_form(name, form, { value, got })
    elseif name ~= "Content-Length" and name ~= "Connection" then
      assert.equal(value, got, name)
    end
  end
  assert.equal(#answer.body, tonumber(answer:header "Content-Length"))
end

--- Sets the clock to the recording's Date.
function recordings.set_clock(sandbox, recording)
  sandbox:set_clock(recordings.epoch_of(one(recording.data.response.headers.Date)))
end

--- A sandbox as it was before a test: its settings, clock and version.
function recordings.renew(sandbox)
  sandbox:control "reset"
  sandbox:set_clock(1698796800)
  sandbox:control("update_app", { flavour = "basic_display", version = "v18.0" })
end

--- The recordings' names.
function recordings.names()
  local pipe, names = assert(io.popen "ls spec/recorded"), {}
  for file in pipe:lines() do names[#names + 1] = file:match "^(.*)%.json$" end
  pipe:close()
  return names
end

return recordings
