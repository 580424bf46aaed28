# With Ruby's Net::HTTP: a code for a long-lived token, then the profile, two pages of
# media and a picture.
require "json"
require "net/http"

GRAPH = "https://graph.instagram.com"

def get(address, **params)
  uri = URI(address)
  uri.query = URI.encode_www_form(params) unless params.empty?
  answer = Net::HTTP.get_response(uri)
  raise answer.body unless answer.is_a?(Net::HTTPSuccess)
  answer.body
end

def log_in(code)
  answer = Net::HTTP.post_form(
    URI("https://api.instagram.com/oauth/access_token"),
    client_id: ENV.fetch("CLIENT_ID"), client_secret: ENV.fetch("CLIENT_SECRET"),
    redirect_uri: ENV.fetch("REDIRECT_URI"), grant_type: "authorization_code",
    code: code)
  raise answer.body unless answer.is_a?(Net::HTTPSuccess)
  long = JSON.parse(get("#{GRAPH}/access_token",
                        grant_type: "ig_exchange_token",
                        client_secret: ENV.fetch("CLIENT_SECRET"),
                        access_token: JSON.parse(answer.body)["access_token"]))
  long["access_token"]
end

token = log_in(ARGV[0])
me = JSON.parse(get("#{GRAPH}/me", fields: "id,username", access_token: token))
puts "user #{me["username"]}"

first = JSON.parse(get("#{GRAPH}/me/media", fields: "media_type,media_url,timestamp",
                       limit: 10, access_token: token))
second = JSON.parse(get(first["paging"]["next"]))
puts "page 1: #{first["data"].size} posts"
puts "page 2: #{second["data"].size} posts"

picture = first["data"].find { |post| post["media_type"] == "IMAGE" }
puts "picture #{File.binwrite("picture.jpg", get(picture["media_url"]))} bytes"
