<?php
// With PHP's curl: a code for a long-lived token, then the profile, two pages of media
// and a picture.

const GRAPH = 'https://graph.instagram.com';

function ask(string $address, ?array $form = null): string
{
    $curl = curl_init($address);
    curl_setopt_array($curl, [CURLOPT_RETURNTRANSFER => true, CURLOPT_FAILONERROR => true]);
    if ($form) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $form);
    }
    $body = curl_exec($curl);
    if ($body === false) {
        throw new RuntimeException(curl_error($curl));
    }
    return $body;
}

function get(string $address, array $params): array
{
    return json_decode(ask($address . '?' . http_build_query($params)), true);
}

function log_in(string $code): string
{
    $short = json_decode(ask('https://api.instagram.com/oauth/access_token', [
        'client_id' => getenv('CLIENT_ID'),
        'client_secret' => getenv('CLIENT_SECRET'),
        'redirect_uri' => getenv('REDIRECT_URI'),
        'grant_type' => 'authorization_code',
        'code' => $code,
    ]), true);
    return get(GRAPH . '/access_token', [
        'grant_type' => 'ig_exchange_token',
        'client_secret' => getenv('CLIENT_SECRET'),
        'access_token' => $short['access_token'],
    ])['access_token'];
}

$token = log_in($argv[1]);
$me = get(GRAPH . '/me', ['fields' => 'id,username', 'access_token' => $token]);
echo "user {$me['username']}\n";

$first = get(GRAPH . '/me/media', ['fields' => 'media_type,media_url,timestamp',
    'limit' => 10, 'access_token' => $token]);
$second = json_decode(ask($first['paging']['next']), true);
echo 'page 1: ', count($first['data']), " posts\n";
echo 'page 2: ', count($second['data']), " posts\n";

foreach ($first['data'] as $post) {
    if ($post['media_type'] === 'IMAGE') {
        $bytes = file_put_contents('picture.jpg', ask($post['media_url']));
        echo "picture $bytes bytes\n";
        break;
    }
}
