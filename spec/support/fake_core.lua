--- A core without a network, for what no server provokes at will: the test answers
--- every question itself, and time is a number that only steps move. Its pure functions
--- are the real core's.
local unpack = table.unpack or unpack

local fake = {}

local function forget_modules()
  for name in pairs(package.loaded) do
    if name == "instagram" or name:match("^instagram%.") then
      package.loaded[name] = nil
    end
  end
end

-- --- requests
-- -------------------------------------------------------------------------

local request_methods = {}
local request_mt = { __index = request_methods }

local function is_due(self)
  return self.cancelled or self.core.clock >= self.at
end

function request_methods:attempts()
  return self.sent or 1, self.notes
end

function request_methods:done()
  return self.finished or false
end

function request_methods:ready()
  local news = self.news
  self.news = nil
  return self.finished or news or false
end

function request_methods:cancel()
  if not self.finished then self.cancelled, self.finished = true, true end
end

function request_methods:attend(attended)
  self.attended = attended
  self.was_attended = self.was_attended or attended
end

function request_methods:progress()
  return self.received or 0, self.total
end

function request_methods:result()
  assert(self.finished, "the request is not done")
  assert(not self.taken, "the request's result was taken before")
  self.taken = true
  if self.cancelled then return fake.failure("cancelled", "cancelled") end
  return unpack(self.values, 1, self.values.n)
end

-- --- the engine
-- -----------------------------------------------------------------------

local function settle(core)
  local news = false
  for _, request in ipairs(core.requests) do
    if not request.finished and is_due(request) then
      request.finished, news = true, true
    end
  end
  return news
end

local function next_due(core)
  local due = math.huge
  for _, request in ipairs(core.requests) do
    if not request.finished then due = math.min(due, request.at) end
  end
  return due
end

local function new_engine(core)
  local engine = { steps = 0 }

  function engine:step(seconds)
    self.steps = self.steps + 1
    seconds = seconds or 0
    if not settle(core) and seconds > 0 then
      core.clock = math.min(core.clock + seconds, math.max(next_due(core), core.clock))
      settle(core)
    end
    return self:pending()
  end

  function engine.pending()
    local count = 0
    for _, request in ipairs(core.requests) do
      if not request.finished then count = count + 1 end
    end
    return count
  end

  return engine
end

-- --- the app
-- --------------------------------------------------------------------------

local function pack(...)
  return { n = select("#", ...), ... }
end

-- The question as the test sees it: parameters by name.
local function ask(core, question, parameters)
  question.params = {}
  for _, pair in ipairs(parameters or {}) do question.params[pair[1]] = pair[2] end
  question.number = #core.questions + 1
  core.questions[question.number] = question
  local values = pack(core.answer(question))
  local request = setmetatable({
    core = core,
    at = core.clock + (question.delay or 0),
    values = values,
    question = question,
  }, request_mt)
  if core.held then request.at = math.huge end
  question.request = request
  core.requests[#core.requests + 1] = request
  return request
end

local function new_app(core, options)
  local app = {}
  local flavour = options.flavour or "instagram_login"
  function app.flavour() return flavour end
  function app.version() return options.version end
  function app.close() end
  function app.usage() return nil end
  function app.token(_, facts)
    return {
      kind = function() return "unknown" end,
      user_id = function() return facts.user_id end,
      reveal = function() return facts.secret end,
      close = function() end,
    }
  end
  for _, name in ipairs { "get", "post", "delete" } do
    app[name] = function(_, _, path, parameters, opts)
      return ask(core, { method = name, path = path, opts = opts }, parameters)
    end
  end
  function app.fetch(_, url, opts)
    return ask(core, { method = "fetch", path = url, opts = opts })
  end
  function app.download(_, url, file, opts)
    return ask(core, { method = "download", path = url, file = file, opts = opts })
  end
  for _, name in ipairs { "exchange_code", "exchange_token", "refresh_token" } do
    app[name] = function(_, subject, opts)
      return ask(core, { method = name, subject = subject, opts = opts })
    end
  end
  return app
end

--- nil, message, err, as calls end.
function fake.failure(kind, message, fields)
  local err = fake.real.error(kind, message, fields)
  return nil, tostring(err), err
end

--- The module over a fake core. answer(question) gives what the call's result is; in
--- question: method, path, params, opts, number; it may set question.delay, in seconds.
---@return table instagram
---@return table core clock, questions, requests, held (true: nothing gets done)
function fake.load(answer)
  fake.real = fake.real or require "instagram.core"
  forget_modules()
  local core = setmetatable({
    clock = 1000,
    answer = answer,
    questions = {},
    requests = {},
  }, { __index = fake.real })
  local engine = new_engine(core)
  core.engine = function() return engine end
  core.monotonic = function() return core.clock end
  core.now = function() return core.clock end
  core.set_clock = function() end
  core.app = function(options) return new_app(core, options) end
  package.loaded["instagram.core"] = core
  return require "instagram", core
end

--- Back to the real module.
function fake.unload()
  local real = fake.real
  forget_modules()
  package.loaded["instagram.core"] = real
end

--- A feed of n media, newest first: ids "n" to "1", a day apart.
function fake.feed(n)
  local list = {}
  for i = n, 1, -1 do
    list[#list + 1] = {
      id = tostring(i),
      media_type = "IMAGE",
      media_url = "https://x/" .. i .. ".jpg",
      timestamp = os.date("!%Y-%m-%dT%H:%M:%S+0000", 1600000000 + i * 86400),
    }
  end
  return list
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local all = {}
  for key, each in pairs(value) do all[key] = copy(each) end
  return all
end

--- One page of a list, as Instagram would give it: cursors name items ("after the media
--- of this id").
function fake.page(list, params)
  local from, limit = 1, tonumber(params.limit) or 25
  for i, item in ipairs(list) do
    if params.after == "c" .. item.id then from = i + 1 end
  end
  local data = {}
  for i = from, math.min(from + limit - 1, #list) do data[#data + 1] = copy(list[i]) end
  local paging
  if #data > 0 then
    paging = { cursors = { before = "c" .. data[1].id, after = "c" .. data[#data].id } }
    if from + limit - 1 < #list then
      paging.next = "https://graph.instagram.com/v1.0/1/media?access_token=x&after=c"
        .. data[#data].id
    end
  end
  return { data = data, paging = paging }, { status = 200 }
end

return fake
