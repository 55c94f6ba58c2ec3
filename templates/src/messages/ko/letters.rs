use crate::email::About;
use crate::messages::{Letters, Said};
use crate::when::count;

pub(super) const LETTERS: Letters = Letters {
    hello: |name| format!("{name} 님, 안녕하세요."),
    username: "사용자 이름",
    old_address: "이전 주소",
    new_address: "새 주소",
    time: "시각",
    network: "네트워크 주소",
    device: "기기",
    day: "일시",
    message: "관리자가 남긴 말:",
    no_button: "버튼이 동작하지 않으면 다음 주소를 여세요:",
    to: |recipient, organisation| {
        format!("이 메일은 {organisation} 로그인 서비스가 {recipient} 주소로 보냈습니다.")
    },
    never_asks: "저희는 이메일로 비밀번호를 묻지 않습니다.",
    help: |help| format!("도움이 필요하면 {help} 쪽으로 문의하세요."),
    says,
};

/// What becomes of an application that comes to nothing.
const REMOVED: &str = "계정은 삭제되었으며, 신청 기록은 일정 기간 보관됩니다.";

fn says(about: &About, organisation: &str) -> Said {
    let said = |subject: &str, title: &str, text: &[&str]| Said {
        subject: format!("[{organisation}] {subject}"),
        title: title.to_owned(),
        text: text.iter().filter(|text| !text.is_empty()).map(|text| (*text).to_owned()).collect(),
        ..Said::default()
    };
    match about {
        About::VerifyEmail { .. } => Said {
            act: "이메일 주소 확인",
            not_you: "신청하지 않았다면 아무것도 하지 마세요. 확인하지 않으면 신청은 진행되지 않습니다.".to_owned(),
            ..said(
                "이메일 주소를 확인해 주세요",
                "본인의 주소가 맞나요?",
                &[&format!("누군가(아마도 본인)가 이 주소로 {organisation} 계정을 신청했습니다. 본인의 주소인지 확인해 주세요. 신청할 때 정한 비밀번호를 입력해야 합니다.")],
            )
        },
        About::AddressKnown => Said {
            act: "로그인",
            also: "비밀번호가 기억나지 않으면 새로 정하세요",
            not_you: "본인이 아니라면 아무것도 하지 마세요. 계정은 그대로이며, 신청한 사람에게 계정이 있다는 사실을 알리지 않았습니다.".to_owned(),
            ..said(
                "이미 계정이 있습니다",
                "이미 계정이 있습니다",
                &[&format!("누군가(아마도 본인)가 이 주소로 {organisation} 계정을 신청했지만, 이미 등록된 주소입니다. 다시 신청하지 않아도 됩니다.")],
            )
        },
        About::ApplicationReceived => Said {
            act: "진행 상황 보기",
            not_you: "신청하지 않았다면 알려 주세요.".to_owned(),
            ..said(
                "신청을 접수했습니다",
                "신청을 접수했습니다",
                &[
                    &format!("{organisation} 계정 신청을 접수했습니다. 관리자가 검토한 뒤 결과를 이메일로 알려 드립니다."),
                    "그때까지는 비밀번호로 로그인하면 진행 상황을 볼 수 있습니다.",
                ],
            )
        },
        About::NewApplications { count: n, who, .. } => {
            let more = n.saturating_sub(who.len() as u64);
            let mut text = format!("{organisation} 계정 신청 {}건이 결정을 기다립니다.", count(*n));
            if more > 0 {
                text = format!("{text} 아래는 그중 일부이며, {}건이 더 있습니다.", count(more));
            }
            Said {
                act: "대기 목록 열기",
                ..said(&format!("신청 {}건이 대기 중입니다", count(*n)), "결정을 기다리는 신청이 있습니다", &[&text])
            }
        }
        About::Approved { password, .. } => Said {
            act: "로그인",
            not_you: "신청하지 않았다면 알려 주세요.".to_owned(),
            ..said(
                "계정이 활성화되었습니다",
                "계정이 활성화되었습니다",
                &[if *password {
                    "신청이 승인되었습니다. 신청할 때 정한 비밀번호로 지금 로그인할 수 있습니다."
                } else {
                    "신청이 승인되었습니다. 신청할 때와 같은 방법으로 지금 로그인할 수 있습니다."
                }],
            )
        },
        About::Rejected { blocked, .. } => said(
            "신청이 승인되지 않았습니다",
            "신청이 승인되지 않았습니다",
            &[
                &format!("관리자가 {organisation} 계정 신청을 검토했으나 승인하지 않았습니다. {REMOVED}"),
                if *blocked { "" } else { "다시 신청할 수 있습니다." },
            ],
        ),
        About::Withdrawn => Said {
            not_you: "본인이 아니라면 알려 주세요. 계정이 필요하면 다시 신청하세요.".to_owned(),
            ..said(
                "신청을 취소했습니다",
                "신청을 취소했습니다",
                &[&format!("요청에 따라 {organisation} 계정 신청을 취소했습니다. {REMOVED}")],
            )
        },
        About::ApplicationExpired { days, .. } => Said {
            act: "다시 신청",
            ..said(
                "신청 기한이 지났습니다",
                "신청 기한이 지났습니다",
                &[&format!("{organisation} 계정 신청이 {}일 안에 결정되지 않아 종료되었습니다. 다시 신청할 수 있습니다.", count(*days))],
            )
        },
        About::ResetPassword { .. } => Said {
            act: "새 비밀번호 정하기",
            not_you: "요청하지 않았다면 아무것도 하지 마세요. 비밀번호는 그대로입니다.".to_owned(),
            ..said(
                "새 비밀번호를 정하세요",
                "새 비밀번호를 정하세요",
                &[
                    &format!("누군가(아마도 본인)가 {organisation} 계정의 새 비밀번호를 요청했습니다."),
                    "링크는 요청한 때부터 30분 동안 한 번만 쓸 수 있고, 가장 최근 링크만 유효합니다. 새 비밀번호를 정하면 모든 곳에서 로그아웃됩니다.",
                ],
            )
        },
        About::PasswordReset { .. } => Said {
            act: "로그인",
            not_you: "예상하지 못한 일이라면 계정 관리자에게 문의하세요.".to_owned(),
            ..said(
                "관리자가 비밀번호를 설정했습니다",
                "관리자가 비밀번호를 설정했습니다",
                &[&format!("관리자가 {organisation} 계정에 새 비밀번호를 설정했으며, 모든 곳에서 로그아웃되었습니다. 비밀번호는 이메일이 아니라 관리자가 직접 알려 드립니다.")],
            )
        },
        About::PasswordChanged { .. } => Said {
            act: "다른 비밀번호 정하기",
            not_you: "본인이 아니라면 바로 다른 비밀번호를 정하고 알려 주세요.".to_owned(),
            ..said(
                "비밀번호가 변경되었습니다",
                "비밀번호가 변경되었습니다",
                &[&format!("{organisation} 계정의 비밀번호가 변경되었고, 다른 모든 곳에서 로그아웃되었습니다.")],
            )
        },
        About::EmailChanged { .. } => Said {
            not_you: "본인이 아니라면 바로 알려 주세요. 새 주소의 메일을 읽는 사람이 계정에 들어올 수 있습니다.".to_owned(),
            ..said(
                "이메일 주소가 변경되었습니다",
                "이메일 주소가 변경되었습니다",
                &[&format!("{organisation} 계정의 이메일 주소가 변경되었습니다. 이번에는 두 주소 모두에 알리고, 앞으로는 새 주소로만 보냅니다.")],
            )
        },
        About::IdentityLinked { provider, password_removed: true, .. } => Said {
            act: "내 계정 보기",
            also: "비밀번호를 다시 정하기",
            not_you: "본인이라면 아무것도 하지 않아도 됩니다. 아니라면 바로 알려 주세요.".to_owned(),
            ..said(
                "로그인 방법이 바뀌었습니다",
                "로그인 방법이 바뀌었습니다",
                &[
                    &format!("이메일 주소가 같은 {provider}의 ID가 {organisation} 계정에 연결되었습니다. 앞으로 그 ID로 로그인하면 이 계정에 들어올 수 있습니다."),
                    "다른 사람이 들어올 수 없도록 비밀번호가 삭제되었고, 모든 곳에서 로그아웃되었습니다.",
                ],
            )
        },
        About::IdentityLinked { provider, .. } => Said {
            act: "내 계정 보기",
            also: "아니라면 새 비밀번호를 정하세요",
            not_you: "본인이라면 아무것도 하지 않아도 됩니다. 아니라면 그곳에서 연결을 해제하고 알려 주세요.".to_owned(),
            ..said(
                "로그인 수단이 추가되었습니다",
                "로그인 수단이 추가되었습니다",
                &[&format!("{provider}의 ID가 {organisation} 계정에 연결되었습니다. 앞으로 그 ID로 로그인하면 이 계정에 들어올 수 있습니다.")],
            )
        },
        About::IdentityUnlinked { provider, .. } => Said {
            act: "내 계정 보기",
            also: "아니라면 새 비밀번호를 정하세요",
            not_you: "본인이라면 아무것도 하지 않아도 됩니다. 아니라면 알려 주세요.".to_owned(),
            ..said(
                "로그인 수단이 제거되었습니다",
                "로그인 수단이 제거되었습니다",
                &[&format!("{provider}의 ID가 {organisation} 계정에서 연결 해제되었고, 다른 모든 곳에서 로그아웃되었습니다. 앞으로는 비밀번호로 로그인하세요.")],
            )
        },
        About::NewSignIn { .. } => Said {
            act: "내 세션 보기",
            also: "아니라면 새 비밀번호를 정하세요",
            not_you: "본인이라면 아무것도 하지 않아도 됩니다. 아니라면 그 세션도 종료하세요.".to_owned(),
            ..said(
                "새로운 로그인이 있습니다",
                "새로운 로그인이 있습니다",
                &[&format!("처음 보는 기기나 네트워크에서 {organisation} 계정에 로그인했습니다.")],
            )
        },
        About::Locked { minutes, .. } => Said {
            act: "새 비밀번호 정하기",
            not_you: "본인이 아니라면: 비밀번호는 그대로 유효합니다. 다른 사람이 알 수도 있다면 새로 정하세요.".to_owned(),
            ..said(
                "잘못된 비밀번호가 너무 많이 입력되었습니다",
                "잘못된 비밀번호가 너무 많이 입력되었습니다",
                &[&format!("누군가 {organisation} 계정에 잘못된 비밀번호를 너무 많이 입력했습니다. 처음 보는 곳에서는 {}분 동안 로그인할 수 없습니다.", count(*minutes))],
            )
        },
        About::ExpiresSoon { .. } => said(
            "계정이 곧 만료됩니다",
            "계정이 곧 만료됩니다",
            &[
                &format!("{organisation} 계정은 정해진 기간 동안만 쓸 수 있으며, 곧 끝납니다. 그 뒤에는 로그인할 수 없지만 아무것도 삭제되지 않습니다."),
                "계속 필요하면 계정 관리자에게 연장을 요청하세요.",
            ],
        ),
        About::DormantSoon { .. } => Said {
            act: "로그인",
            ..said(
                "계정이 곧 비활성화됩니다",
                "오랫동안 로그인하지 않았습니다",
                &[&format!("{organisation}에서는 사용하지 않는 계정을 비활성화합니다. 계정을 유지하려면 아래 일시 전에 한 번 로그인하세요.")],
            )
        },
        About::Deactivated { .. } => said(
            "계정이 비활성화되었습니다",
            "계정이 비활성화되었습니다",
            &[
                &format!("{organisation} 계정이 비활성화되었습니다. 더 이상 로그인할 수 없지만 아무것도 삭제되지 않았습니다."),
                "계속 필요하면 계정 관리자에게 다시 활성화해 달라고 요청하세요.",
            ],
        ),
    }
}
