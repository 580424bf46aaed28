--- One request on its way through the rules: its parameters, where its token stands,
--- the addresses it came in by, its line in the journal.

local hosts = require "instagram.sandbox.hosts"

local context = {}

local methods = {}
local mt = { __index = methods }

-- Where links point: the name the client used, or Instagram's own names when a client
-- reaches the sandbox by them.
local function origins_of(world, request)
  if world.options.public_url then
    return { graph = world.options.public_url, media = world.options.public_url }
  end
  local host = request.headers.host or ""
  if hosts.named(host) then
    return { graph = "https://graph.instagram.com",
      media = "https://scontent.cdninstagram.com" }
  end
  local origin = world.url or "http://127.0.0.1"
  if host:match("^[%w_.%-:%[%]]+$") then
    origin = (request.secure and "https://" or "http://") .. host
  end
  return { graph = origin, media = origin }
end

--- The context of a request (see the host's seam for its form).
function context.new(world, request)
  local self = {
    world = world, request = request, method = request.method,
    now = world.clock:now(), origins = origins_of(world, request),
    entry = {
      time = world.clock:now(), method = request.method, path = request.path,
      query = request.query or "", form = request.form,
    },
  }
  return setmetatable(self, mt)
end

local function collect(self)
  local values, order = {}, {}
  for _, list in ipairs({ self.request.args or {}, self.request.form or {} }) do
    for _, pair in ipairs(list) do
      local name, value = pair[1], pair[2] or ""
      if name ~= "" then
        if values[name] == nil then
          order[#order + 1] = name
        elseif values[name] ~= value then
          self:note("parameter " .. name:sub(1, 40)
            .. " came more than once: the last one counts")
        end
        values[name] = value
      end
    end
  end
  self.values, self.order = values, order
end

--- A parameter of query or form; of a repeated one the last counts (invented: PHP's
--- way).
function methods:param(name)
  if not self.values then collect(self) end
  return self.values[name]
end

--- The names of all parameters, in the order they came.
function methods:names()
  if not self.values then collect(self) end
  return self.order
end

--- True when the answer is to be laid out for people.
function methods:wants_pretty()
  local value = self:param("pretty")
  return value ~= nil and value ~= "" and value ~= "0" and value ~= "false"
end

local function list_value(list, name)
  local value
  for _, pair in ipairs(list or {}) do
    if pair[1] == name then value = pair[2] end
  end
  return value
end

--- A parameter of the query alone; the last counts.
function methods:query(name) return list_value(self.request.args, name) end

--- All values of a form's field, in their order.
function methods:form_list(name)
  local values = {}
  for _, pair in ipairs(self.request.form or {}) do
    if pair[1] == name then values[#values + 1] = pair[2] end
  end
  return values
end

--- Where the browser believes to be: "https://www.instagram.com". A proxy in front may
--- speak TLS for us: then `public_url` knows.
function methods:origin()
  local host, public = self.request.headers.host or "", self.world.options.public_url
  if public and public:match("//(.+)$") == host then return public end
  return (self.request.secure and "https://" or "http://") .. host
end

--- A field of the form alone.
function methods:form(name) return list_value(self.request.form, name) end

--- The request's token and where it stood ("query", "form", "header"); nil without one.
function methods:token()
  local text = list_value(self.request.args, "access_token")
  if text and text ~= "" then return text, "query" end
  text = self:form("access_token")
  if text and text ~= "" then return text, "form" end
  text = (self.request.headers.authorization or ""):match("^[Bb]earer%s+(%S+)")
  if text then return text, "header" end
end

local NOTES_MAX = 20

--- Plain words for the journal about something noticed but not refused.
function methods:note(text)
  local notes = self.entry.notes or {}
  if #notes < NOTES_MAX then notes[#notes + 1] = text end
  self.entry.notes = notes
end

--- True in lenient mode, which forgives; what was forgiven stands in the journal.
function methods:forgives(what)
  if self.world.settings.strict then return false end
  self:note("lenient: " .. what)
  return true
end

return context
