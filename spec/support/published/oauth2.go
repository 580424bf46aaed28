// Logs in and reads with golang.org/x/oauth2 and its Instagram endpoint as Debian has it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/instagram"
)

func main() {
	config := &oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     instagram.Endpoint,
		RedirectURL:  os.Getenv("REDIRECT_URI"),
	}
	ctx := context.Background()
	token, err := config.Exchange(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	answer, err := config.Client(ctx, token).Get(
		"https://graph.instagram.com/me?fields=username")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	var me struct{ Username string }
	if err := json.NewDecoder(answer.Body).Decode(&me); err != nil {
		log.Fatal(err)
	}
	fmt.Println("user", me.Username)
}
