-- What specs of media files begin with: bytes whose places tell where they are, whole
-- and in part, an empty folder for each test, nothing left open after it.
local assert = require "luassert"
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local media_files = {}

local BYTES = {}
for i = 1, 2000 do BYTES[i] = ("%04d"):format(i) end
BYTES = table.concat(BYTES) -- 8000 bytes
media_files.BYTES = BYTES

--- A server and a folder for all tests of a file.
function media_files.serve()
  return { server = wire.start(), folder = calls.folder() }
end

function media_files.stop(ground)
  ground.server:stop()
  calls.remove(ground.folder)
end

--- Empties the folder for one test; hands out an app of the server.
function media_files.begin(ground)
  os.execute("rm -rf '" .. ground.folder .. "'/*")
  core.engine():close()
  ground.descriptors = calls.descriptors()
  return calls.app(ground.server)
end

--- After each test: nothing is under way, no descriptor was left open.
function media_files.finish(ground, app)
  assert.equal(0, core.engine():pending())
  app:close()
  core.engine():close()
  assert.equal(ground.descriptors, calls.descriptors())
end

--- An answer (for wire.answer) with all of it; `spec` changes something about that.
function media_files.picture(spec)
  local all = { type = "image/jpeg", body = BYTES }
  for name, value in pairs(spec or {}) do all[name] = value end
  return all
end

--- The same with a part, from this offset on.
function media_files.part(from, spec)
  local all = { status = 206, body = BYTES:sub(from + 1), headers = {
    { "Content-Range", ("bytes %d-%d/%d"):format(from, #BYTES - 1, #BYTES) },
    { "ETag", '"v1"' } } }
  for name, value in pairs(spec or {}) do all[name] = value end
  return media_files.picture(all)
end

--- A script that announces all of it and ends after so many bytes.
function media_files.cut_after(count, spec)
  local all = media_files.picture(spec)
  all.length = #all.body
  all.body = all.body:sub(1, count)
  return wire.once(all)
end

function media_files.fails(kind, result, message, err)
  assert.is_nil(result)
  assert.equal(kind, err and err.kind, message)
  return err
end

return media_files
