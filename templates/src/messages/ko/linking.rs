use crate::messages::Linking;

pub(super) const LINKING: Linking = Linking {
    link: "연결",
    not_linked: "연결되지 않음. 연결하면 비밀번호 대신 그곳에서 로그인할 수 있습니다.",
    unlink: "연결 해제",
    link_title: |provider| format!("{provider} 연결"),
    link_lead: |provider| {
        format!(
            "먼저 본인의 계정인지 확인합니다. 이어서 {provider}에 로그인하면 앞으로 그곳으로도 로그인할 수 있습니다."
        )
    },
    go_on: "계속",
    unlink_title: |provider| format!("{provider} 연결 해제"),
    unlink_lead: |provider| {
        format!(
            "앞으로는 그곳으로 로그인할 수 없습니다. {provider}에서 받은 권한은 회수되고, 다른 모든 곳에서 로그아웃됩니다."
        )
    },
    onward_title: "비밀번호를 확인했습니다",
    onward: |provider| format!("이제 {provider}에 로그인하세요. 그곳의 ID가 이 계정에 연결됩니다."),
    onward_to: |provider| format!("{provider}(으)로 계속"),
    back: "내 계정으로 돌아가기",
    linked_title: "ID를 연결했습니다",
    linked: |provider| format!("이제 {provider}에서도 로그인할 수 있습니다."),
    unlinked_title: "ID 연결을 해제했습니다",
    unlinked: |provider| {
        format!(
            "더 이상 {provider}(으)로 로그인할 수 없습니다. 이 기기를 제외한 모든 곳에서 로그아웃되었습니다."
        )
    },
    nothing_linked: "연결된 것은 없습니다.",
};
