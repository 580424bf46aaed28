// With Go's net/http: a code for a long-lived token, then the profile, two pages of media
// and a picture.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
)

const graph = "https://graph.instagram.com"

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
}

type page struct {
	Data []struct {
		MediaType string `json:"media_type"`
		MediaURL  string `json:"media_url"`
	}
	Paging struct{ Next string }
}

// read gives an answer's body, or ends the program.
func read(answer *http.Response, err error) []byte {
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		log.Fatalf("%s: %v %s", answer.Status, err, body)
	}
	return body
}

func decode(body []byte, into any) {
	if err := json.Unmarshal(body, into); err != nil {
		log.Fatal(err)
	}
}

func get(address string, params url.Values, into any) {
	if params != nil {
		address += "?" + params.Encode()
	}
	decode(read(http.Get(address)), into)
}

func logIn(code string) string {
	var short, long tokenAnswer
	decode(read(http.PostForm("https://api.instagram.com/oauth/access_token", url.Values{
		"client_id":     {os.Getenv("CLIENT_ID")},
		"client_secret": {os.Getenv("CLIENT_SECRET")},
		"redirect_uri":  {os.Getenv("REDIRECT_URI")},
		"grant_type":    {"authorization_code"},
		"code":          {code},
	})), &short)
	get(graph+"/access_token", url.Values{
		"grant_type":    {"ig_exchange_token"},
		"client_secret": {os.Getenv("CLIENT_SECRET")},
		"access_token":  {short.AccessToken},
	}, &long)
	return long.AccessToken
}

func main() {
	token := logIn(os.Args[1])

	var me struct{ Username string }
	get(graph+"/me", url.Values{"fields": {"id,username"}, "access_token": {token}}, &me)
	fmt.Println("user", me.Username)

	var first, second page
	get(graph+"/me/media", url.Values{
		"fields":       {"media_type,media_url,timestamp"},
		"limit":        {"10"},
		"access_token": {token},
	}, &first)
	get(first.Paging.Next, nil, &second)
	fmt.Println("page 1:", len(first.Data), "posts")
	fmt.Println("page 2:", len(second.Data), "posts")

	for _, post := range first.Data {
		if post.MediaType == "IMAGE" {
			picture := read(http.Get(post.MediaURL))
			if err := os.WriteFile("picture.jpg", picture, 0o644); err != nil {
				log.Fatal(err)
			}
			fmt.Println("picture", len(picture), "bytes")
			break
		}
	}
}
