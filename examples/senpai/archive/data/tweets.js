window.YTD.tweets.part0 = [
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1873119926672334865"
          ],
          "editableUntil" : "2024-12-28T22:32:46.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "46"
      ],
      "favorite_count" : "13",
      "id_str" : "1873119926672334865",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1873119926672334865",
      "created_at" : "Sat Dec 28 21:32:46 +0000 2024",
      "favorited" : false,
      "full_text" : "雲の写真は aoi@hoshikuzu.example に送ってくれ〜！ハンバーグ型は優遇！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1811317778456567825"
          ],
          "editableUntil" : "2024-07-11T09:33:05.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : [],
        "media" : [
          {
            "expanded_url" : "https://twitter.com/aoi_hoshikuzu/status/1811317778456567825/photo/1",
            "indices" : [
              "19",
              "42"
            ],
            "url" : "https://t.co/a1B2c3D4e5",
            "media_url" : "http://pbs.twimg.com/media/EXAMPLE.jpg",
            "id_str" : "1811317778456567824",
            "id" : "1811317778456567824",
            "media_url_https" : "https://pbs.twimg.com/media/EXAMPLE.jpg",
            "type" : "photo",
            "display_url" : "pic.twitter.com/a1B2c3D4e5"
          }
        ]
      },
      "display_text_range" : [
        "0",
        "42"
      ],
      "favorite_count" : "5",
      "id_str" : "1811317778456567825",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1811317778456567825",
      "created_at" : "Thu Jul 11 08:33:05 +0000 2024",
      "favorited" : false,
      "full_text" : "新しい双眼鏡を買った！財布が新月〜w https://t.co/a1B2c3D4e5",
      "lang" : "ja",
      "extended_entities" : {
        "media" : [
          {
            "expanded_url" : "https://twitter.com/aoi_hoshikuzu/status/1811317778456567825/photo/1",
            "indices" : [
              "19",
              "42"
            ],
            "url" : "https://t.co/a1B2c3D4e5",
            "media_url" : "http://pbs.twimg.com/media/EXAMPLE.jpg",
            "id_str" : "1811317778456567824",
            "id" : "1811317778456567824",
            "media_url_https" : "https://pbs.twimg.com/media/EXAMPLE.jpg",
            "type" : "photo",
            "display_url" : "pic.twitter.com/a1B2c3D4e5"
          }
        ]
      }
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1803778999759978513"
          ],
          "editableUntil" : "2024-06-20T14:16:40.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "33"
      ],
      "favorite_count" : "16",
      "id_str" : "1803778999759978513",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1803778999759978513",
      "created_at" : "Thu Jun 20 13:16:40 +0000 2024",
      "favorited" : false,
      "full_text" : "観測会の連絡は090-1234-5678まで〜！夜中でも起きてる！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1834003239285125137"
          ],
          "editableUntil" : "2024-09-11T23:57:01.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "22",
      "id_str" : "1834003239285125137",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1834003239285125137",
      "created_at" : "Wed Sep 11 22:57:01 +0000 2024",
      "favorited" : false,
      "full_text" : "流れ星を3つ見た!願い事は3つとも単位~!",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1926444126166052881"
          ],
          "editableUntil" : "2025-05-25T02:04:05.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "14"
      ],
      "favorite_count" : "23",
      "id_str" : "1926444126166052881",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1926444126166052881",
      "created_at" : "Sun May 25 01:04:05 +0000 2025",
      "favorited" : false,
      "full_text" : "朝焼けきれい！今から寝る〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1827296906469003281"
          ],
          "editableUntil" : "2024-08-24T11:48:26.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "17"
      ],
      "favorite_count" : "16",
      "id_str" : "1827296906469003281",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1827296906469003281",
      "created_at" : "Sat Aug 24 10:48:26 +0000 2024",
      "favorited" : false,
      "full_text" : "梅雨明け！全員屋上に出てこい〜!!",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1948658842154074129"
          ],
          "editableUntil" : "2025-07-25T09:17:26.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "26"
      ],
      "favorite_count" : "0",
      "id_str" : "1948658842154074129",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1948658842154074129",
      "created_at" : "Fri Jul 25 08:17:26 +0000 2025",
      "favorited" : false,
      "full_text" : "プラネタリウムの満席、うれしいけど寝る場所がない〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1945492813735288849"
          ],
          "editableUntil" : "2025-07-16T15:36:46.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "10",
      "id_str" : "1945492813735288849",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1945492813735288849",
      "created_at" : "Wed Jul 16 14:36:46 +0000 2025",
      "favorited" : false,
      "full_text" : "土星の輪っか見えた!?10年ぶりに泣いた〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1943133095926714385"
          ],
          "editableUntil" : "2025-07-10T03:20:06.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "7"
      ],
      "favorite_count" : "9",
      "id_str" : "1943133095926714385",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1943133095926714385",
      "created_at" : "Thu Jul 10 02:20:06 +0000 2025",
      "favorited" : false,
      "full_text" : "まあ曇るよな！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1879461303769288721"
          ],
          "editableUntil" : "2025-01-15T10:31:08.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "20"
      ],
      "favorite_count" : "13",
      "id_str" : "1879461303769288721",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1879461303769288721",
      "created_at" : "Wed Jan 15 09:31:08 +0000 2025",
      "favorited" : false,
      "full_text" : "俺は毛布と麦茶とカイロ2個！これで無敵〜",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1879442538159587345",
      "in_reply_to_status_id" : "1879442538159587345",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1794884574006779921"
          ],
          "editableUntil" : "2024-05-27T01:13:24.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [
          {
            "name" : "ほしくず天文サークル",
            "screen_name" : "hoshikuzu_club",
            "indices" : [
              "0",
              "15"
            ],
            "id_str" : "1200000000000000042",
            "id" : "1200000000000000042"
          }
        ],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "30"
      ],
      "favorite_count" : "4",
      "id_str" : "1794884574006779921",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1794884574006779921",
      "created_at" : "Mon May 27 00:13:24 +0000 2024",
      "favorited" : false,
      "full_text" : "@hoshikuzu_club 明日の毛布は俺が持ってく〜！",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1790000000000000042",
      "in_reply_to_status_id" : "1790000000000000042",
      "in_reply_to_user_id" : "1200000000000000042",
      "in_reply_to_user_id_str" : "1200000000000000042",
      "in_reply_to_screen_name" : "hoshikuzu_club"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1914914761901060113"
          ],
          "editableUntil" : "2025-04-23T06:30:31.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "29"
      ],
      "favorite_count" : "12",
      "id_str" : "1914914761901060113",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1914914761901060113",
      "created_at" : "Wed Apr 23 05:30:31 +0000 2025",
      "favorited" : false,
      "full_text" : "机を片付けたら去年のレポートと干からびたみかんが出てきたw",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1858928994381086737"
          ],
          "editableUntil" : "2024-11-19T18:43:04.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : [
          {
            "url" : "https://t.co/k1L2m3N4o5",
            "expanded_url" : "https://hoshikuzu.example/clouds",
            "display_url" : "hoshikuzu.example/clouds",
            "indices" : [
              "20",
              "43"
            ]
          }
        ]
      },
      "display_text_range" : [
        "0",
        "43"
      ],
      "favorite_count" : "10",
      "id_str" : "1858928994381086737",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1858928994381086737",
      "created_at" : "Tue Nov 19 17:43:04 +0000 2024",
      "favorited" : false,
      "full_text" : "雲の図鑑のページを作った〜！見てくれ！ https://t.co/k1L2m3N4o5",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1799500655451222033"
          ],
          "editableUntil" : "2024-06-08T18:56:04.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "27"
      ],
      "favorite_count" : "14",
      "id_str" : "1799500655451222033",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1799500655451222033",
      "created_at" : "Sat Jun 08 17:56:04 +0000 2024",
      "favorited" : false,
      "full_text" : "部長が三脚の箱で寝てるから今日の観測は中止！仕方ない〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1950656464117080081"
          ],
          "editableUntil" : "2025-07-30T21:35:17.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "0",
      "id_str" : "1950656464117080081",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1950656464117080081",
      "created_at" : "Wed Jul 30 20:35:17 +0000 2025",
      "favorited" : false,
      "full_text" : "後輩たちへ。星はいつでも見られるから単位を取れ〜！",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1950641816655400977",
      "in_reply_to_status_id" : "1950641816655400977",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "edit" : {
          "initialTweetId" : "1842330955587624977",
          "editControlInitial" : {
            "editTweetIds" : [
              "1842330955587624977",
              "1842331710562349073"
            ],
            "editableUntil" : "2024-10-04T23:28:23.000Z",
            "isEditEligible" : true,
            "editsRemaining" : "4"
          }
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "20"
      ],
      "favorite_count" : "2",
      "id_str" : "1842331710562349073",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1842331710562349073",
      "created_at" : "Fri Oct 04 22:31:23 +0000 2024",
      "favorited" : false,
      "full_text" : "金星と木星が並んでる！みんな西を見ろ〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1806853289803829265"
          ],
          "editableUntil" : "2024-06-29T01:52:48.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "17"
      ],
      "favorite_count" : "16",
      "id_str" : "1806853289803829265",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1806853289803829265",
      "created_at" : "Sat Jun 29 00:52:48 +0000 2024",
      "favorited" : false,
      "full_text" : "梅雨に入った。俺の出番が終わった〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1842330955587624977",
            "1842331710562349073"
          ],
          "editableUntil" : "2024-10-04T23:28:23.000Z",
          "isEditEligible" : true,
          "editsRemaining" : "5"
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "20"
      ],
      "favorite_count" : "7",
      "id_str" : "1842330955587624977",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1842330955587624977",
      "created_at" : "Fri Oct 04 22:28:23 +0000 2024",
      "favorited" : false,
      "full_text" : "金星と木星が並んでる！みんな東を見ろ〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1908764347136704529"
          ],
          "editableUntil" : "2025-04-06T07:10:58.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "20"
      ],
      "favorite_count" : "17",
      "id_str" : "1908764347136704529",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1908764347136704529",
      "created_at" : "Sun Apr 06 06:10:58 +0000 2025",
      "favorited" : false,
      "full_text" : "ベテルギウスまだある。よし、今日も平和〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1852513352979451921"
          ],
          "editableUntil" : "2024-11-02T01:49:36.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "14"
      ],
      "favorite_count" : "12",
      "id_str" : "1852513352979451921",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1852513352979451921",
      "created_at" : "Sat Nov 02 00:49:36 +0000 2024",
      "favorited" : false,
      "full_text" : "ゆで卵の殻がきれいにむけた！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1887768780071964689"
          ],
          "editableUntil" : "2025-02-07T08:42:04.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [
          {
            "name" : "後輩",
            "screen_name" : "kouhai_rei_x",
            "indices" : [
              "0",
              "13"
            ],
            "id_str" : "1200000000000000055",
            "id" : "1200000000000000055"
          },
          {
            "name" : "ほしくず天文サークル",
            "screen_name" : "hoshikuzu_club",
            "indices" : [
              "14",
              "29"
            ],
            "id_str" : "1200000000000000042",
            "id" : "1200000000000000042"
          }
        ],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "48"
      ],
      "favorite_count" : "13",
      "id_str" : "1887768780071964689",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1887768780071964689",
      "created_at" : "Fri Feb 07 07:42:04 +0000 2025",
      "favorited" : false,
      "full_text" : "@kouhai_rei_x @hoshikuzu_club それな〜！部長は今日も偉そうだったw",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1830000000000000042",
      "in_reply_to_status_id" : "1830000000000000042",
      "in_reply_to_user_id" : "1200000000000000055",
      "in_reply_to_user_id_str" : "1200000000000000055",
      "in_reply_to_screen_name" : "kouhai_rei_x"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1791147513990905873"
          ],
          "editableUntil" : "2024-05-16T17:43:39.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "12"
      ],
      "favorite_count" : "0",
      "id_str" : "1791147513990905873",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1791147513990905873",
      "created_at" : "Thu May 16 16:43:39 +0000 2024",
      "favorited" : false,
      "full_text" : "曇った。まあ曇るよな〜w",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1791128218485420049",
      "in_reply_to_status_id" : "1791128218485420049",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1922923904876400657"
          ],
          "editableUntil" : "2025-05-15T08:55:59.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "23",
      "id_str" : "1922923904876400657",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1922923904876400657",
      "created_at" : "Thu May 15 07:55:59 +0000 2025",
      "favorited" : false,
      "full_text" : "麦茶のパックを3日入れたままにした。ほぼコーヒー〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1911782967899037713"
          ],
          "editableUntil" : "2025-04-14T15:05:53.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "14"
      ],
      "favorite_count" : "13",
      "id_str" : "1911782967899037713",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1911782967899037713",
      "created_at" : "Mon Apr 14 14:05:53 +0000 2025",
      "favorited" : false,
      "full_text" : "夢じゃなかった〜〜〜〜〜〜w",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1911766849444614161",
      "in_reply_to_status_id" : "1911766849444614161",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1897584550461259793"
          ],
          "editableUntil" : "2025-03-06T10:46:26.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "23"
      ],
      "favorite_count" : "20",
      "id_str" : "1897584550461259793",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1897584550461259793",
      "created_at" : "Thu Mar 06 09:46:26 +0000 2025",
      "favorited" : false,
      "full_text" : "台風のあとの空がきれいすぎて授業を一つ忘れた笑",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1871111347438260241"
          ],
          "editableUntil" : "2024-12-23T09:31:23.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "1",
      "id_str" : "1871111347438260241",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1871111347438260241",
      "created_at" : "Mon Dec 23 08:31:23 +0000 2024",
      "favorited" : false,
      "full_text" : "満月まぶしい！部屋の電気を消しても明るい〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1844486631688626193"
          ],
          "editableUntil" : "2024-10-10T22:14:16.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "24",
      "id_str" : "1844486631688626193",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1844486631688626193",
      "created_at" : "Thu Oct 10 21:14:16 +0000 2024",
      "favorited" : false,
      "full_text" : "麻雀また最下位〜！点棒が宇宙の果てまで飛んでったw",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1891209362433843217"
          ],
          "editableUntil" : "2025-02-16T20:33:43.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "19"
      ],
      "favorite_count" : "16",
      "id_str" : "1891209362433843217",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1891209362433843217",
      "created_at" : "Sun Feb 16 19:33:43 +0000 2025",
      "favorited" : false,
      "full_text" : "夏の大三角、今年も元気そうでよかった〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1900655743317790737"
          ],
          "editableUntil" : "2025-03-14T22:10:16.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : [
          {
            "url" : "https://t.co/q1W2e3R4t5",
            "expanded_url" : "https://x.com/hoshikuzu_club/status/1835000000000000042",
            "display_url" : "x.com/hoshikuzu_club…",
            "indices" : [
              "22",
              "45"
            ]
          }
        ]
      },
      "display_text_range" : [
        "0",
        "45"
      ],
      "favorite_count" : "9",
      "id_str" : "1900655743317790737",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1900655743317790737",
      "created_at" : "Fri Mar 14 21:10:16 +0000 2025",
      "favorited" : false,
      "full_text" : "この写真、雲がハンバーグにしか見えない〜w https://t.co/q1W2e3R4t5",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1950641816655400977"
          ],
          "editableUntil" : "2025-07-30T20:37:04.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "4",
      "id_str" : "1950641816655400977",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1950641816655400977",
      "created_at" : "Wed Jul 30 19:37:04 +0000 2025",
      "favorited" : false,
      "full_text" : "卒業まであと少し。屋上の鍵を返したくない〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1831027167497117713"
          ],
          "editableUntil" : "2024-09-03T18:51:10.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "11"
      ],
      "favorite_count" : "16",
      "id_str" : "1831027167497117713",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1831027167497117713",
      "created_at" : "Tue Sep 03 17:51:10 +0000 2024",
      "favorited" : false,
      "full_text" : "カレー食べたい〜〜〜〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1933561397548158993"
          ],
          "editableUntil" : "2025-06-13T17:25:35.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "23"
      ],
      "favorite_count" : "9",
      "id_str" : "1933561397548158993",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1933561397548158993",
      "created_at" : "Fri Jun 13 16:25:35 +0000 2025",
      "favorited" : false,
      "full_text" : "今年の目標は朝起きること！1日目で終わった〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1856305441575940113"
          ],
          "editableUntil" : "2024-11-12T12:58:00.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "12",
      "id_str" : "1856305441575940113",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1856305441575940113",
      "created_at" : "Tue Nov 12 11:58:00 +0000 2024",
      "favorited" : false,
      "full_text" : "雲の写真を２００枚見たらわたあめが食べたくなった〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1790150591087923217"
          ],
          "editableUntil" : "2024-05-13T23:42:14.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "24"
      ],
      "favorite_count" : "4",
      "id_str" : "1790150591087923217",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1790150591087923217",
      "created_at" : "Mon May 13 22:42:14 +0000 2024",
      "favorited" : false,
      "full_text" : "カレー4日目、味が完成した！5日目は神話になる〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1850712124347777041"
          ],
          "editableUntil" : "2024-10-28T02:32:09.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "24"
      ],
      "favorite_count" : "4",
      "id_str" : "1850712124347777041",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1850712124347777041",
      "created_at" : "Mon Oct 28 01:32:09 +0000 2024",
      "favorited" : false,
      "full_text" : "塩ラーメンのスープに月が映った。今日はもう優勝〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1779826047781441553"
          ],
          "editableUntil" : "2024-04-15T11:56:12.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "23",
      "id_str" : "1779826047781441553",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1779826047781441553",
      "created_at" : "Mon Apr 15 10:56:12 +0000 2024",
      "favorited" : false,
      "full_text" : "新入生が3人入った！麦茶の在庫が足りん〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1820459224833003537"
          ],
          "editableUntil" : "2024-08-05T14:57:56.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "30"
      ],
      "favorite_count" : "16",
      "id_str" : "1820459224833003537",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1820459224833003537",
      "created_at" : "Mon Aug 05 13:57:56 +0000 2024",
      "favorited" : false,
      "full_text" : "バイト先の星空で寝落ちした。天井の星は曇らないからずるい〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1852519748798128145"
          ],
          "editableUntil" : "2024-11-02T02:15:00.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "20"
      ],
      "favorite_count" : "7",
      "id_str" : "1852519748798128145",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1852519748798128145",
      "created_at" : "Sat Nov 02 01:15:00 +0000 2024",
      "favorited" : false,
      "full_text" : "写真を撮ろうとしたら部長に食べられた〜w",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1852513352979451921",
      "in_reply_to_status_id" : "1852513352979451921",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1818224127832555537"
          ],
          "editableUntil" : "2024-07-30T10:56:27.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "8"
      ],
      "favorite_count" : "3",
      "id_str" : "1818224127832555537",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1818224127832555537",
      "created_at" : "Tue Jul 30 09:56:27 +0000 2024",
      "favorited" : false,
      "full_text" : "まあ曇るよな〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1862779082807332881"
          ],
          "editableUntil" : "2024-11-30T09:41:56.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "10",
      "id_str" : "1862779082807332881",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1862779082807332881",
      "created_at" : "Sat Nov 30 08:41:56 +0000 2024",
      "favorited" : false,
      "full_text" : "研究室の窓からいい雲が見えると仕事になって腹立つ笑",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1925479868318081041"
          ],
          "editableUntil" : "2025-05-22T10:12:28.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">診断メーカー</a>",
      "entities" : {
        "hashtags" : [
          {
            "text" : "診断メーカー",
            "indices" : [
              "20",
              "27"
            ]
          },
          {
            "text" : "今日の運勢",
            "indices" : [
              "28",
              "34"
            ]
          },
          {
            "text" : "うらない",
            "indices" : [
              "35",
              "40"
            ]
          }
        ],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : [
          {
            "url" : "https://t.co/u1I2o3P4a5",
            "expanded_url" : "https://shindan.example/42",
            "display_url" : "shindan.example/42",
            "indices" : [
              "41",
              "64"
            ]
          }
        ]
      },
      "display_text_range" : [
        "0",
        "64"
      ],
      "favorite_count" : "1",
      "id_str" : "1925479868318081041",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1925479868318081041",
      "created_at" : "Thu May 22 09:12:28 +0000 2025",
      "favorited" : false,
      "full_text" : "今日の蒼井さんの運勢は【曇り】でした！ #診断メーカー #今日の運勢 #うらない https://t.co/u1I2o3P4a5",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1895939989531996177"
          ],
          "editableUntil" : "2025-03-01T21:51:33.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "11"
      ],
      "favorite_count" : "8",
      "id_str" : "1895939989531996177",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1895939989531996177",
      "created_at" : "Sat Mar 01 20:51:33 +0000 2025",
      "favorited" : false,
      "full_text" : "まあ曇るよな〜〜〜〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1788608836752392209"
          ],
          "editableUntil" : "2024-05-09T17:35:52.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [
          {
            "name" : "ほしくず天文サークル",
            "screen_name" : "hoshikuzu_club",
            "indices" : [
              "3",
              "18"
            ],
            "id_str" : "1200000000000000042",
            "id" : "1200000000000000042"
          }
        ],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "54"
      ],
      "favorite_count" : "15",
      "id_str" : "1788608836752392209",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1788608836752392209",
      "created_at" : "Thu May 09 16:35:52 +0000 2024",
      "favorited" : false,
      "full_text" : "RT @hoshikuzu_club: 【新歓】今週の観測会は金曜20時から屋上で行います。手ぶらでどうぞ。",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1865480748413378577"
          ],
          "editableUntil" : "2024-12-07T20:37:24.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [
          {
            "name" : "ほしくず天文サークル",
            "screen_name" : "hoshikuzu_club",
            "indices" : [
              "3",
              "18"
            ],
            "id_str" : "1200000000000000042",
            "id" : "1200000000000000042"
          }
        ],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "49"
      ],
      "favorite_count" : "12",
      "id_str" : "1865480748413378577",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1865480748413378577",
      "created_at" : "Sat Dec 07 19:37:24 +0000 2024",
      "favorited" : false,
      "full_text" : "RT @hoshikuzu_club: 部誌「ほしくず」秋号ができました。表紙は三毛猫の部長です。",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1849223009752182801"
          ],
          "editableUntil" : "2024-10-23T23:54:57.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "31"
      ],
      "favorite_count" : "21",
      "id_str" : "1849223009752182801",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1849223009752182801",
      "created_at" : "Wed Oct 23 22:54:57 +0000 2024",
      "favorited" : false,
      "full_text" : "山田くんが望遠鏡のふたを海に落とした〜w 全員で潮干狩りした！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1840136599082471441"
          ],
          "editableUntil" : "2024-09-28T22:08:47.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "27"
      ],
      "favorite_count" : "12",
      "id_str" : "1840136599082471441",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1840136599082471441",
      "created_at" : "Sat Sep 28 21:08:47 +0000 2024",
      "favorited" : false,
      "full_text" : "彗星号のタイヤがパンクした。76年に1回にしてくれ〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1791128218485420049"
          ],
          "editableUntil" : "2024-05-16T16:26:59.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "16"
      ],
      "favorite_count" : "13",
      "id_str" : "1791128218485420049",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1791128218485420049",
      "created_at" : "Thu May 16 15:26:59 +0000 2024",
      "favorited" : false,
      "full_text" : "現地は雲ひとつない！奇跡か〜!?",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1791114824399216657",
      "in_reply_to_status_id" : "1791114824399216657",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1838671517488087057"
          ],
          "editableUntil" : "2024-09-24T21:07:05.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : [],
        "media" : [
          {
            "expanded_url" : "https://twitter.com/aoi_hoshikuzu/status/1838671517488087057/photo/1",
            "indices" : [
              "0",
              "23"
            ],
            "url" : "https://t.co/z9Y8x7W6v5",
            "media_url" : "http://pbs.twimg.com/media/EXAMPLE.jpg",
            "id_str" : "1838671517488087056",
            "id" : "1838671517488087056",
            "media_url_https" : "https://pbs.twimg.com/media/EXAMPLE.jpg",
            "type" : "photo",
            "display_url" : "pic.twitter.com/z9Y8x7W6v5"
          }
        ]
      },
      "display_text_range" : [
        "0",
        "23"
      ],
      "favorite_count" : "6",
      "id_str" : "1838671517488087057",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1838671517488087057",
      "created_at" : "Tue Sep 24 20:07:05 +0000 2024",
      "favorited" : false,
      "full_text" : "https://t.co/z9Y8x7W6v5",
      "lang" : "zxx",
      "extended_entities" : {
        "media" : [
          {
            "expanded_url" : "https://twitter.com/aoi_hoshikuzu/status/1838671517488087057/photo/1",
            "indices" : [
              "0",
              "23"
            ],
            "url" : "https://t.co/z9Y8x7W6v5",
            "media_url" : "http://pbs.twimg.com/media/EXAMPLE.jpg",
            "id_str" : "1838671517488087056",
            "id" : "1838671517488087056",
            "media_url_https" : "https://pbs.twimg.com/media/EXAMPLE.jpg",
            "type" : "photo",
            "display_url" : "pic.twitter.com/z9Y8x7W6v5"
          }
        ]
      }
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1875681037015756817"
          ],
          "editableUntil" : "2025-01-05T00:09:42.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "16",
      "id_str" : "1875681037015756817",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1875681037015756817",
      "created_at" : "Sat Jan 04 23:09:42 +0000 2025",
      "favorited" : false,
      "full_text" : "双眼鏡で月を見てる。うさぎより餅のほうが気になる〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1792921096232669201"
          ],
          "editableUntil" : "2024-05-21T15:11:14.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "22"
      ],
      "favorite_count" : "7",
      "id_str" : "1792921096232669201",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1792921096232669201",
      "created_at" : "Tue May 21 14:11:14 +0000 2024",
      "favorited" : false,
      "full_text" : "玉ねぎ2キロ炒めたら部屋ごと飴色になった〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1952802860236582929"
          ],
          "editableUntil" : "2025-08-05T19:44:17.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "25"
      ],
      "favorite_count" : "2",
      "id_str" : "1952802860236582929",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1952802860236582929",
      "created_at" : "Tue Aug 05 18:44:17 +0000 2025",
      "favorited" : false,
      "full_text" : "坂道を彗星号で登ったら酸素が足りん！月かここは〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1783686968798879761"
          ],
          "editableUntil" : "2024-04-26T03:38:07.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "8"
      ],
      "favorite_count" : "4",
      "id_str" : "1783686968798879761",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1783686968798879761",
      "created_at" : "Fri Apr 26 02:38:07 +0000 2024",
      "favorited" : false,
      "full_text" : "カレー食べたい〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1946740869260668945"
          ],
          "editableUntil" : "2025-07-20T02:16:06.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "27"
      ],
      "favorite_count" : "16",
      "id_str" : "1946740869260668945",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1946740869260668945",
      "created_at" : "Sun Jul 20 01:16:06 +0000 2025",
      "favorited" : false,
      "full_text" : "スパイス8種類入れたら薬局の味がした。5種類に戻す〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1815387594989563921"
          ],
          "editableUntil" : "2024-07-22T15:05:05.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "29"
      ],
      "favorite_count" : "5",
      "id_str" : "1815387594989563921",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1815387594989563921",
      "created_at" : "Mon Jul 22 14:05:05 +0000 2024",
      "favorited" : false,
      "full_text" : "目覚まし5個を全部止めた記憶がある。俺は誰と戦ってるんだw",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1956389738630135825"
          ],
          "editableUntil" : "2025-08-15T17:17:16.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "15"
      ],
      "favorite_count" : "19",
      "id_str" : "1956389738630135825",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1956389738630135825",
      "created_at" : "Fri Aug 15 16:17:16 +0000 2025",
      "favorited" : false,
      "full_text" : "星 &gt; 睡眠。異論は認める〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1885637771075448849"
          ],
          "editableUntil" : "2025-02-01T11:34:12.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "138"
      ],
      "favorite_count" : "19",
      "id_str" : "1885637771075448849",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1885637771075448849",
      "created_at" : "Sat Feb 01 10:34:12 +0000 2025",
      "favorited" : false,
      "full_text" : "観測に来る人へ、機材係からのお願いを書いておく〜！まず毛布は一人一枚、これは命より大事。次に、目が暗さに慣れるまで15分はスマホを見ないこと。懐中電灯には赤いセロハンを貼ってくれ。望遠鏡は順番に見るけど、のぞみは古いから優しく触れ。それから麦茶は俺が5リットル持っていく。最…",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1929106183671775249"
          ],
          "editableUntil" : "2025-06-01T10:22:09.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "26"
      ],
      "favorite_count" : "2",
      "id_str" : "1929106183671775249",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1929106183671775249",
      "created_at" : "Sun Jun 01 09:22:09 +0000 2025",
      "favorited" : false,
      "full_text" : "佐々木さんにもらった星図、ぼろぼろだけど今も現役〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1886815586600812561"
          ],
          "editableUntil" : "2025-02-04T17:34:25.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "22"
      ],
      "favorite_count" : "3",
      "id_str" : "1886815586600812561",
      "truncated" : false,
      "retweet_count" : "3",
      "id" : "1886815586600812561",
      "created_at" : "Tue Feb 04 16:34:25 +0000 2025",
      "favorited" : false,
      "full_text" : "深夜ラジオの曲がよすぎた。題名は聞き逃した〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1918624623654846481"
          ],
          "editableUntil" : "2025-05-03T12:12:11.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "10"
      ],
      "favorite_count" : "10",
      "id_str" : "1918624623654846481",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1918624623654846481",
      "created_at" : "Sat May 03 11:12:11 +0000 2025",
      "favorited" : false,
      "full_text" : "カレー食べたい～～～",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1903600556266709009"
          ],
          "editableUntil" : "2025-03-23T01:11:54.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "27"
      ],
      "favorite_count" : "8",
      "id_str" : "1903600556266709009",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1903600556266709009",
      "created_at" : "Sun Mar 23 00:11:54 +0000 2025",
      "favorited" : false,
      "full_text" : "図書館で星の図鑑を借りたら、前に借りたのも俺だった〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1869862595968794641"
          ],
          "editableUntil" : "2024-12-19T22:49:17.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "8"
      ],
      "favorite_count" : "7",
      "id_str" : "1869862595968794641",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1869862595968794641",
      "created_at" : "Thu Dec 19 21:49:17 +0000 2024",
      "favorited" : false,
      "full_text" : "カレー食べたい！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1881463645909737489"
          ],
          "editableUntil" : "2025-01-20T23:07:43.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "19"
      ],
      "favorite_count" : "20",
      "id_str" : "1881463645909737489",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1881463645909737489",
      "created_at" : "Mon Jan 20 22:07:43 +0000 2025",
      "favorited" : false,
      "full_text" : "パクチー抜きって言ったのに森が来た〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1907783086578561041"
          ],
          "editableUntil" : "2025-04-03T14:11:47.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "40"
      ],
      "favorite_count" : "1",
      "id_str" : "1907783086578561041",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1907783086578561041",
      "created_at" : "Thu Apr 03 13:11:47 +0000 2025",
      "favorited" : false,
      "full_text" : "Clear sky tonight!! See you on the roof.",
      "lang" : "en"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1785209402500853777"
          ],
          "editableUntil" : "2024-04-30T08:27:43.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "24"
      ],
      "favorite_count" : "14",
      "id_str" : "1785209402500853777",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1785209402500853777",
      "created_at" : "Tue Apr 30 07:27:43 +0000 2024",
      "favorited" : false,
      "full_text" : "予報は晴れ、望遠鏡を出す、曇る。はい知ってた〜w",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1824562595676364817"
          ],
          "editableUntil" : "2024-08-16T22:43:16.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "15"
      ],
      "favorite_count" : "17",
      "id_str" : "1824562595676364817",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1824562595676364817",
      "created_at" : "Fri Aug 16 21:43:16 +0000 2024",
      "favorited" : false,
      "full_text" : "今からカレー用の玉ねぎ炒める〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1938839695677206545"
          ],
          "editableUntil" : "2025-06-28T06:59:40.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [
          {
            "name" : "雲の会",
            "screen_name" : "kumo_no_kai_jp",
            "indices" : [
              "3",
              "18"
            ],
            "id_str" : "1200000000000000077",
            "id" : "1200000000000000077"
          }
        ],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "41"
      ],
      "favorite_count" : "0",
      "id_str" : "1938839695677206545",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1938839695677206545",
      "created_at" : "Sat Jun 28 05:59:40 +0000 2025",
      "favorited" : false,
      "full_text" : "RT @kumo_no_kai_jp: 今週の雲の写真コンテスト、応募は日曜まで！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1911766849444614161"
          ],
          "editableUntil" : "2025-04-14T14:01:50.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "10"
      ],
      "favorite_count" : "14",
      "id_str" : "1911766849444614161",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1911766849444614161",
      "created_at" : "Mon Apr 14 13:01:50 +0000 2025",
      "favorited" : false,
      "full_text" : "三脚を忘れる夢を見た",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1941230312201928721"
          ],
          "editableUntil" : "2025-07-04T21:19:07.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "18"
      ],
      "favorite_count" : "17",
      "id_str" : "1941230312201928721",
      "truncated" : false,
      "retweet_count" : "2",
      "id" : "1941230312201928721",
      "created_at" : "Fri Jul 04 20:19:07 +0000 2025",
      "favorited" : false,
      "full_text" : "卒論の題名だけ書いた。今日は勝ち〜！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1791114824399216657"
          ],
          "editableUntil" : "2024-05-16T15:33:46.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "18"
      ],
      "favorite_count" : "20",
      "id_str" : "1791114824399216657",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1791114824399216657",
      "created_at" : "Thu May 16 14:33:46 +0000 2024",
      "favorited" : false,
      "full_text" : "今夜の流星群、一番多いのは2時ごろ！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1824570568855334929"
          ],
          "editableUntil" : "2024-08-16T23:14:57.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "19"
      ],
      "favorite_count" : "1",
      "id_str" : "1824570568855334929",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1824570568855334929",
      "created_at" : "Fri Aug 16 22:14:57 +0000 2024",
      "favorited" : false,
      "full_text" : "30分たったけど、まだ茶色にならない〜",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1824562595676364817",
      "in_reply_to_status_id" : "1824562595676364817",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1868496304968200209"
          ],
          "editableUntil" : "2024-12-16T04:20:08.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "24"
      ],
      "favorite_count" : "16",
      "id_str" : "1868496304968200209",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1868496304968200209",
      "created_at" : "Mon Dec 16 03:20:08 +0000 2024",
      "favorited" : false,
      "full_text" : "銭湯の露天でオリオン座みっけ！のぼせるまで見た〜",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1824583705839091729"
          ],
          "editableUntil" : "2024-08-17T00:07:09.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : false
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "14"
      ],
      "favorite_count" : "0",
      "id_str" : "1824583705839091729",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1824583705839091729",
      "created_at" : "Fri Aug 16 23:07:09 +0000 2024",
      "favorited" : false,
      "full_text" : "焦げた！宇宙の色になった〜w",
      "lang" : "ja",
      "in_reply_to_status_id_str" : "1824570568855334929",
      "in_reply_to_status_id" : "1824570568855334929",
      "in_reply_to_user_id" : "1200000000000000001",
      "in_reply_to_user_id_str" : "1200000000000000001",
      "in_reply_to_screen_name" : "aoi_hoshikuzu"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1937291364089995281"
          ],
          "editableUntil" : "2025-06-24T00:27:08.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "21"
      ],
      "favorite_count" : "14",
      "id_str" : "1937291364089995281",
      "truncated" : false,
      "retweet_count" : "1",
      "id" : "1937291364089995281",
      "created_at" : "Mon Jun 23 23:27:08 +0000 2025",
      "favorited" : false,
      "full_text" : "冬の大三角の下で食べる肉まんが一番うまい！",
      "lang" : "ja"
    }
  },
  {
    "tweet" : {
      "edit_info" : {
        "initial" : {
          "editTweetIds" : [
            "1879442538159587345"
          ],
          "editableUntil" : "2025-01-15T09:16:34.000Z",
          "editsRemaining" : "5",
          "isEditEligible" : true
        }
      },
      "retweeted" : false,
      "source" : "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter for iPhone</a>",
      "entities" : {
        "hashtags" : [],
        "symbols" : [],
        "user_mentions" : [],
        "urls" : []
      },
      "display_text_range" : [
        "0",
        "16"
      ],
      "favorite_count" : "8",
      "id_str" : "1879442538159587345",
      "truncated" : false,
      "retweet_count" : "0",
      "id" : "1879442538159587345",
      "created_at" : "Wed Jan 15 08:16:34 +0000 2025",
      "favorited" : false,
      "full_text" : "みんな星を見るとき何を持ってく？",
      "lang" : "ja"
    }
  }
]
