<?php
// With PHP's own streams: a code for a long-lived token, then the profile, two pages of
// media and a picture. Streams read no proxy variables: a program that shall get through
// a proxy, this one or another, names it in the context.

const GRAPH = 'https://graph.instagram.com';

function ask(string $address, ?array $form = null): string
{
    $options = ['proxy' => str_replace('http://', 'tcp://', getenv('https_proxy'))];
    if ($form) {
        $options += ['method' => 'POST', 'content' => http_build_query($form),
            'header' => 'Content-Type: application/x-www-form-urlencoded'];
    }
    $body = file_get_contents($address, false, stream_context_create(['http' => $options]));
    if ($body === false) {
        throw new RuntimeException("no answer from $address");
    }
    return $body;
}

function get(string $address, array $params): array
{
    return json_decode(ask($address . '?' . http_build_query($params)), true);
}

$short = json_decode(ask('https://api.instagram.com/oauth/access_token', [
    'client_id' => getenv('CLIENT_ID'), 'client_secret' => getenv('CLIENT_SECRET'),
    'redirect_uri' => getenv('REDIRECT_URI'), 'grant_type' => 'authorization_code',
    'code' => $argv[1]]), true);
$token = get(GRAPH . '/access_token', ['grant_type' => 'ig_exchange_token',
    'client_secret' => getenv('CLIENT_SECRET'),
    'access_token' => $short['access_token']])['access_token'];

$me = get(GRAPH . '/me', ['fields' => 'id,username', 'access_token' => $token]);
echo "user {$me['username']}\n";

$first = get(GRAPH . '/me/media', ['fields' => 'media_type,media_url,timestamp',
    'limit' => 10, 'access_token' => $token]);
$second = json_decode(ask($first['paging']['next']), true);
echo 'page 1: ', count($first['data']), " posts\n";
echo 'page 2: ', count($second['data']), " posts\n";

$pictures = array_filter($first['data'], fn ($post) => $post['media_type'] === 'IMAGE');
$bytes = file_put_contents('picture.jpg', ask(reset($pictures)['media_url']));
echo "picture $bytes bytes\n";
